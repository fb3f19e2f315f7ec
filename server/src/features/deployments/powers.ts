import type { CompletionContext } from '../completion/index.ts'
import type { CreateContext, ExecutionPowers } from '../executions/index.ts'

/** All that the verbs of deployments may be given. */
export type DeploymentContext = CreateContext & Pick<ExecutionPowers, 'executionEnds'>

/** The same without who asks. */
export type DeploymentPowers = Omit<DeploymentContext, 'caller'>

/** What turns texts into vectors, in whoever's name. */
export type EmbeddingPowers = Omit<CompletionContext, 'caller'> & Pick<ExecutionPowers, 'jobs'>
