/**
 * For people who write a state machine or a shell of their own: what the contracts ask for, as checks, and the simulator with that machine in it.
 *
 * No test framework: each function returns if all is well, and throws an error that says what is not.
 */

export { ConformanceError } from "./conformance-error.ts"
export { checkDisk, type DiskUnderTest } from "./disk-checks.ts"
export type { Dice } from "./dice.ts"
export type { MachineWorkload } from "./machine-workload.ts"
export { simulate, SimulatedFault, type SimulateOptions, type SimulateReport } from "./simulate.ts"
export { checkStateMachine, type StateMachineCheck, type StateMachineReport } from "./state-machine-checks.ts"
