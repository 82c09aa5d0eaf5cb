export type {ControlPlaneOptions, ControlPlanePorts} from './control-plane.js';
export {ControlPlane, CONTROL_PLANE_DEFAULTS} from './control-plane.js';
export {Catalog} from './catalog.js';
export type {SplitPhase} from './split-phases.js';
export {SPLIT_PHASES, splitPhases} from './split-phases.js';
