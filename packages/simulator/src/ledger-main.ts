// Renders docs/reliability/ledger.json as docs/reliability/campaigns.md.
import {readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {renderLedger} from './tools/ledger.js';
import type {LedgerEntry} from './tools/ledger.js';

const directory = join(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))), 'docs', 'reliability');
const entries = JSON.parse(readFileSync(join(directory, 'ledger.json'), 'utf8')) as LedgerEntry[];
writeFileSync(join(directory, 'campaigns.md'), renderLedger(entries));
