import {storedKeyText} from '../partition-of-key.js';

/** Enough that a partition of a thousandth of the table still holds some. */
const SAMPLE_COUNT = 8_192;
/** Below this a half may be too narrow for its probes to find keys. */
const SAMPLES_MIN = 8;

export interface SplitPlace {
  readonly id: number;
  readonly from: string;
  readonly at: string;
  readonly until: string;
}

/** The widest partition of a table and the stored key in its middle; undefined when all are too narrow to be cut again. */
export function chooseSplit(tableId: number, partitions: readonly {readonly id: number; readonly from: string; readonly until: string}[]): SplitPlace | undefined {
  const samples = Array.from({length: SAMPLE_COUNT}, (_, i) => storedKeyText(tableId, `place-${i}`)).sort();
  let widest: {readonly partition: (typeof partitions)[number]; readonly inside: readonly string[]} | undefined;
  for (const partition of partitions) {
    const inside = samples.filter((sample) => partition.from <= sample && sample < partition.until);
    if (inside.length > (widest?.inside.length ?? 0)) widest = {partition, inside};
  }
  const at = widest?.inside[widest.inside.length >> 1];
  if (widest === undefined || at === undefined || widest.inside.length < SAMPLES_MIN) return undefined;
  return {id: widest.partition.id, from: widest.partition.from, at, until: widest.partition.until};
}
