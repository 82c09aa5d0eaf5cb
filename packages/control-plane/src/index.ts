export type {ControlPlaneOptions, ControlPlanePorts} from './control-plane.js';
export {ControlPlane, CONTROL_PLANE_DEFAULTS} from './control-plane.js';
export {Catalog} from './catalog.js';
