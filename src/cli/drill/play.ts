/** All of a drill that needs clients of databases and hosts. */
export { openDrill } from './open-drill.ts';
export { prepareCanary } from './prepare-canary.ts';
export { runDrill } from './run-drill.ts';
