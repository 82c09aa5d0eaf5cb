import type {GroupId, LogPort, LogWrite, StorePort,LogError} from '@murmuration/base';
import { WriteBatch, toTerm} from '@murmuration/base';
import type {Message} from '@murmuration/raft';
import type {ApplyQueue} from './apply-queue.js';
import type {Group} from './group.js';
import {hardStateOf} from './group.js';
import {appliedKey, installMarkerKey, stagingRange, unstagedKey} from './keys.js';
import type {LogAppender} from './log-appender.js';
import type {InstallMarker} from './record-codec.js';
import {encodeAppliedRecord, encodeInstallMarker} from './record-codec.js';
import {wipeStaging} from './snapshot-receive.js';

const ROWS_PER_READ = 512;
const COPY_BATCH_BYTES = 1024 * 1024;

/**
 * Puts a staged snapshot in the place of a group's state and log.
 * 1. A marker is made durable: from here on the install is finished, by this life of the process or the next.
 * 2. The state is replaced by the staged rows and the applied record, and flushed.
 * 3. The log is reset to the snapshot's index.
 * 4. Marker and staged rows are removed.
 * A crash before 1 leaves the old state and log; between 1 and 4 the start of the host repeats 2 to 4.
 */
export async function installSnapshot(
  group: Group, message: Message, marker: InstallMarker, store: StorePort, applyQueue: ApplyQueue, appender: LogAppender,
): Promise<void> {
  // Effects applied before the snapshot are on their way to the store, and must not arrive after it.
  await new Promise<void>((resolve) => applyQueue.whenDrained(resolve));
  // The snapshot may cover less than what is here, if the range was cut since: what it does not cover goes too.
  const whole: InstallMarker = {...marker, ranges: [...group.machine.stateRanges(), ...marker.ranges]};
  const batch = new WriteBatch();
  batch.put(installMarkerKey(group.id), encodeInstallMarker(whole));
  await store.write(batch);
  await store.flush();
  await copyStaged(group.id, whole, store);
  await store.flush();
  const hardState = hardStateOf(message);
  if (hardState !== undefined) group.logged(hardState);
  await new Promise<void>((resolve) => {
    appender.add({
      group: group.id,
      snapshot: {index: marker.applied.index, term: marker.applied.term},
      ...(message.entries.length === 0 ? undefined : {entries: message.entries}),
      ...(hardState === undefined ? undefined : {hardState}),
    }, resolve);
    appender.submit();
  });
  await removeStaged(group.id, store);
}

/** Finishes an install that a crash cut short. The log is left alone when it was reset already: it may have grown. */
export async function redoInstall(group: GroupId, marker: InstallMarker, store: StorePort, log: LogPort): Promise<void> {
  await copyStaged(group, marker, store);
  await store.flush();
  const {index, term} = marker.applied;
  if (log.term(group, index) !== term) {
    const hardState = log.group(group)?.hardState;
    const isNewTerm = hardState === undefined || hardState.term < term;
    const commit = hardState !== undefined && hardState.commit > index ? hardState.commit : index;
    const reset: LogWrite = {
      group,
      snapshot: {index, term},
      hardState: {term: isNewTerm ? term : hardState.term, vote: isNewTerm ? toTerm(0) : hardState.vote, commit},
    };
    await appendAndWait(log, [reset]);
  }
  await removeStaged(group, store);
}

/** @throws LogError */
export function appendAndWait(log: LogPort, writes: readonly LogWrite[]): Promise<void> {
  return new Promise((resolve, reject) => {
    log.append(writes, (error: LogError | undefined) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}

async function copyStaged(group: GroupId, marker: InstallMarker, store: StorePort): Promise<void> {
  let batch = new WriteBatch();
  for (const {from, until} of marker.ranges) batch.deleteRange(from, until);
  const iterator = store.iterate(stagingRange(group));
  try {
    for (;;) {
      const rows = await iterator.next(ROWS_PER_READ);
      if (rows.length === 0) break;
      for (const {key, value} of rows) batch.put(unstagedKey(key), value);
      if (batch.sizeBytes >= COPY_BATCH_BYTES) {
        await store.write(batch);
        batch = new WriteBatch();
      }
    }
  } finally {
    await iterator.close();
  }
  batch.put(appliedKey(group), encodeAppliedRecord(marker.applied));
  await store.write(batch);
}

async function removeStaged(group: GroupId, store: StorePort): Promise<void> {
  const batch = new WriteBatch();
  batch.delete(installMarkerKey(group));
  wipeStaging(group, batch);
  await store.write(batch);
}
