import { existsSync } from 'node:fs'
import type { BuildFacts } from '../features/settings/index.ts'
import { version } from './version.ts'

/** What container engines leave for those inside to see. */
const containerSigns = ['/.dockerenv', '/run/.containerenv']

/** What the settings say of this build and of where it runs. */
export function buildFacts(environment: NodeJS.ProcessEnv = process.env): BuildFacts {
  const isPod = environment['KUBERNETES_SERVICE_HOST'] !== undefined
  const isContainer = isPod || containerSigns.some((path) => existsSync(path))
  return { version, appType: isContainer ? 'container' : 'native' }
}
