import {describeAwsCli} from './clients/aws-cli.contract.js';
import {describeDynamodbAdmin} from './clients/dynamodb-admin.contract.js';
import {describeDynamodbToolbox} from './clients/dynamodb-toolbox.contract.js';
import {describeElectrodb} from './clients/electrodb.contract.js';
import {describeLibDynamodb} from './clients/lib-dynamodb.contract.js';

/** Programs of the registry that speak DynamoDB, each with the tests of its documented work. */
export const CLIENTS: readonly {readonly name: string; readonly describeClient: (endpoint: () => string) => void}[] = [
  {name: '@aws-sdk/lib-dynamodb', describeClient: describeLibDynamodb},
  {name: 'electrodb', describeClient: describeElectrodb},
  {name: 'dynamodb-toolbox', describeClient: describeDynamodbToolbox},
  {name: 'dynamodb-admin', describeClient: describeDynamodbAdmin},
  {name: 'aws (the CLI)', describeClient: describeAwsCli},
];
