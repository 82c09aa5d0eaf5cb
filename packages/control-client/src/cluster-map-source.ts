import type {ClusterMap} from '@murmuration/placement';

/** The cluster map as its users see it: always one to look at, told when it changes. */
export interface ClusterMapSource {
  current(): ClusterMap;
  /**
   * True once the map came from the control plane in this life of the process. Before that it is what an earlier
   * life cached: good for serving what is there, no reason to delete anything.
   */
  isConfirmed(): boolean;
  onChange(listener: (map: ClusterMap) => void): void;
  /** Asks the control plane for its newest map; `done` runs after it is in, or after the attempt failed. Calls at once are joined. */
  refresh(done: () => void): void;
}

/** Where the last map is kept over restarts, so that serving goes on with the control plane away. */
export interface ClusterMapCache {
  load(): Uint8Array | undefined;
  save(bytes: Uint8Array): void;
}
