import type { SpanInput } from '../../features/traces/index.ts'
import { buildTrace } from './build-trace.ts'
import { codeReviewAgent } from './code-review-agent.ts'
import { ragPipeline } from './rag-pipeline.ts'
import { researchAgent } from './research-agent.ts'

/**
 * The recorded sessions that `--demo` shows, one list of spans per trace, as if they had ended a
 * few minutes before `nowSeconds` (Unix). The ids are always the same. A stored span keeps its
 * first start, so sending a trace again later would stretch it: send only those not there yet.
 */
export function demoTraces(nowSeconds: number): SpanInput[][] {
  return [ragPipeline, codeReviewAgent, researchAgent].map((recording) =>
    buildTrace(recording, nowSeconds),
  )
}
