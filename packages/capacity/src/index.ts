export {
  READ_UNIT_SIZE_BYTES, WRITE_UNIT_SIZE_BYTES, readHalfUnits, writeHalfUnits, transactionalHalfUnits, toCapacityUnits,
} from './units.js';
