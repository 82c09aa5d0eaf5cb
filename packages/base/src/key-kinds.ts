/**
 * First byte of every key in the store: the kinds of record that share the one column family. A new kind takes a
 * new number and a line in docs/formats/store-keys.md; numbers are never reused.
 */
/** Applied record of a group: 0x01 · group(8, big-endian). */
export const KEY_KIND_APPLIED = 0x01;
/** Rows of a snapshot being received: 0x02 · group(8, big-endian) · original key. */
export const KEY_KIND_SNAPSHOT_STAGING = 0x02;
/** The control plane's catalog rows: 0x03 · row kind · id. */
export const KEY_KIND_CATALOG = 0x03;
/** Counters and other small state of one partition: 0x04 · group(8, big-endian) · name. */
export const KEY_KIND_PARTITION_META = 0x04;
/** A replica that a split gave this process and that is not in the log yet: 0x05 · group(8, big-endian). */
export const KEY_KIND_BIRTH = 0x05;
/** Items and index entries: 0x10 · tableId(4) · indexId(2) · token(4) · partition key · sort key. */
export const KEY_KIND_ITEM = 0x10;
