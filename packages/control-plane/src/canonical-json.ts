/**
 * The same text for the same value on all replicas, however it came to be there: one applied a command, another one read a row
 * or a snapshot, and their objects list their members in different orders. Whatever a replicated state machine stores or
 * compares as text goes through this.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
