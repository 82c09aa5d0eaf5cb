import {CLUSTER_MUTANTS} from './cluster-mutants.js';
import {DERIVED_MUTANTS} from './derived-mutants.js';
import type {Mutant} from './mutant.js';
import {RAFT_MUTANTS} from './raft-mutants.js';

/** Every known fault, of all profiles. */
export const MUTANTS: readonly Mutant[] = [...RAFT_MUTANTS, ...CLUSTER_MUTANTS, ...DERIVED_MUTANTS];
