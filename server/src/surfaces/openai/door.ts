import type { Access } from '@pharos/contract/route.ts'
import type { CompletionPowers } from '../../features/completion/index.ts'
import type { Caller, Uses } from '../../features/identity/index.ts'
import { serving } from '../../platform/http/surface.ts'

/** What the routes of OpenAI's dialect are given beside the caller of each request. */
export interface OpenAiPowers extends Uses<'db' | 'clock' | 'ids' | 'vault'>, CompletionPowers {}

export const serve = serving<Caller, Access>()
