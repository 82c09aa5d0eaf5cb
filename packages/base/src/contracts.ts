/** Suites that every implementation of a port runs. They use jest's globals, so only tests may import this door. */
export {};
