export { readContextParams } from './context-params.ts'
export type { EngineRequest, TokenTrace } from './engine.ts'
export type { LoadOptions, LoadPlan } from './load-plan.ts'
export { LocalEngine } from './local-engine.ts'
