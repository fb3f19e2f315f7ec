import { join } from 'node:path'
import type { HubOptions } from '../features/model-files/index.ts'
import type { Config } from './config.ts'

// NOTE: apart from what opens them, so that the commands over files load no engine.

/** Where model files are. */
export function hubDirOf({ hfHubCache, hfHome }: Config): string {
  return hfHubCache ?? join(hfHome, 'hub')
}

/** Where model files come from, and who asks for them. */
export function hubOptionsOf({ hfEndpoint, hfToken, hfHome }: Config): HubOptions {
  return { endpoint: hfEndpoint, token: hfToken, tokenPath: join(hfHome, 'token') }
}

/** Where the operator may add short names of models; need not exist. */
export function presetsPathOf({ dataDir }: Config): string {
  return join(dataDir, 'models.yaml')
}
