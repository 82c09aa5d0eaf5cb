export {runMurmur} from './main.js';
