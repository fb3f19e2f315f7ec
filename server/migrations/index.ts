import type { SchemaSteps } from '../src/platform/db/schema-steps.ts'
import * as traces from './0001-traces.ts'
import * as search from './0002-search.ts'
import * as identitySettings from './0003-identity-settings.ts'
import * as costs from './0004-costs.ts'
import * as runningSpans from './0005-running-spans.ts'
import * as replays from './0006-replays.ts'
import * as inferenceLogs from './0007-inference-logs.ts'
import * as thunderKeys from './0008-thunder-keys.ts'
import * as activations from './0009-activations.ts'
import * as callsByTime from './0010-calls-by-time.ts'
import * as modelAliases from './0011-model-aliases.ts'
import * as keyLimits from './0012-key-limits.ts'
import * as localModels from './0013-local-models.ts'
import * as accounts from './0014-accounts.ts'
import * as jobs from './0015-jobs.ts'
import * as prompts from './0016-prompts.ts'
import * as deployments from './0017-deployments.ts'

/** The schema's history, forward only, one for both databases. A step never changes once released. */
export const schemaSteps: SchemaSteps = {
  '0001-traces': traces,
  '0002-search': search,
  '0003-identity-settings': identitySettings,
  '0004-costs': costs,
  '0005-running-spans': runningSpans,
  '0006-replays': replays,
  '0007-inference-logs': inferenceLogs,
  '0008-thunder-keys': thunderKeys,
  '0009-activations': activations,
  '0010-calls-by-time': callsByTime,
  '0011-model-aliases': modelAliases,
  '0012-key-limits': keyLimits,
  '0013-local-models': localModels,
  '0014-accounts': accounts,
  '0015-jobs': jobs,
  '0016-prompts': prompts,
  '0017-deployments': deployments,
}
