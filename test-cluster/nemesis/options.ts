import {resolve} from 'node:path';
import {parseArgs} from 'node:util';

export interface NemesisOptions {
  readonly seconds: number;
  readonly seed: number;
  /** The time of faults goes on until the clients made so many calls. */
  readonly operationCountMin: number;
  readonly faults: readonly string[];
  readonly nodeCount: number;
  readonly clientCount: number;
  /** Load before the first fault. */
  readonly quietSeconds: number;
  readonly holdSecondsMax: number;
  /** With `measure`: so many injections of one kind, however long they take. */
  readonly measure: string | undefined;
  readonly count: number;
  /** Result files are put here and kept; otherwise they go with the data. */
  readonly outDirectory: string | undefined;
  readonly keepsData: boolean;
  readonly records: boolean;
  readonly ledgerPath: string | undefined;
  readonly listsOnly: boolean;
  readonly paddingBytes: number;
  readonly otherBuild: string | undefined;
}

export const USAGE = `usage: npm run nemesis -- [options]
  --seconds N          length of the time of faults (60); longer where a chosen kind has not come yet
  --operations N       and not before the clients made so many calls (0)
  --seed S             seed of schedule and load (drawn, and printed)
  --faults LIST        kinds and families with commas, or all (kill,pause,cut)
  --nodes N            processes, 3 to 9 (3)
  --clients N          clients, each with one call at a time (24)
  --quiet-seconds N    load before the first fault (10)
  --hold-seconds N     the longest that a fault stays (5)
  --padding-bytes N    size of the probes' values (256)
  --other-build DIR    working copy of another build, compiled, for the kind upgrade
  --measure KIND       only this kind, --count times, for its gaps
  --count N            injections with --measure (100)
  --out DIRECTORY      keep result.json, history.jsonl and the logs of the processes here
  --keep               keep the data directories too
  --record             append the result to the ledger of runs, and write its page anew
  --ledger FILE        the ledger to append to (docs/reliability/nemesis.json)
  --list               show the kinds of faults, and why some cannot be done here
`;

/** @throws Error that says what is wrong with the arguments */
export function parseOptions(args: readonly string[], drawSeed: () => number): NemesisOptions {
  const {values} = parseArgs({
    args: [...args],
    options: {
      seconds: {type: 'string', default: '60'}, seed: {type: 'string'}, operations: {type: 'string', default: '0'}, faults: {type: 'string', default: 'kill,pause,cut'}, nodes: {type: 'string', default: '3'},
      clients: {type: 'string', default: '24'}, 'quiet-seconds': {type: 'string', default: '10'}, 'hold-seconds': {type: 'string', default: '5'},
      'padding-bytes': {type: 'string', default: '256'}, measure: {type: 'string'}, count: {type: 'string', default: '100'}, out: {type: 'string'},
      keep: {type: 'boolean', default: false}, 'other-build': {type: 'string'}, record: {type: 'boolean', default: false}, ledger: {type: 'string'}, list: {type: 'boolean', default: false},
    },
  });
  const number = (name: string, text: string, min: number, max: number): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) throw new Error(`--${name} must be a whole number from ${min} to ${max}, not "${text}"`);
    return value;
  };
  return {
    seconds: number('seconds', values.seconds, 1, 7 * 86_400),
    seed: values.seed === undefined ? drawSeed() : number('seed', values.seed, 0, 0xffff_ffff),
    operationCountMin: number('operations', values.operations, 0, 1e9),
    faults: values.faults.split(',').map((name) => name.trim()).filter((name) => name !== ''),
    nodeCount: number('nodes', values.nodes, 3, 9),
    clientCount: number('clients', values.clients, 1, 200),
    quietSeconds: number('quiet-seconds', values['quiet-seconds'], 1, 600),
    holdSecondsMax: number('hold-seconds', values['hold-seconds'], 1, 600),
    measure: values.measure,
    count: number('count', values.count, 1, 100_000),
    outDirectory: values.out,
    keepsData: values.keep,
    records: values.record,
    ledgerPath: values.ledger,
    listsOnly: values.list,
    otherBuild: values['other-build'] === undefined ? undefined : resolve(values['other-build']),
    paddingBytes: number('padding-bytes', values['padding-bytes'], 0, 300_000),
  };
}
