import type { ErrorCode } from '../../platform/domain-error.ts'

type Labels = Readonly<Partial<Record<ErrorCode, string>>>

const usual: Readonly<Record<ErrorCode, string>> = {
  invalid: 'Validation Error',
  precondition: 'Bad Request',
  unauthenticated: 'Unauthorized',
  forbidden: 'Forbidden',
  'not-found': 'Not Found',
  conflict: 'Conflict',
  limit: 'Too Many Requests',
  upstream: 'Bad Gateway',
  unavailable: 'Service Unavailable',
  cancelled: 'Cancelled',
}

/** Where a group calls them otherwise, by the word after `/api/v1/`. Source: hypersigil §0.7. */
const ofGroups: Readonly<Record<string, Labels>> = {
  executions: { invalid: 'Validation error', 'not-found': 'Execution not found' },
  'execution-bundles': { invalid: 'Validation error' },
  'test-data': { invalid: 'Validation error', 'not-found': 'Not found' },
  settings: { invalid: 'Bad Request' },
  jobs: { 'not-found': 'Job not found' },
}

/** What an error of a kind is called at a path. */
export function labelOf(path: string, code: ErrorCode): string {
  const group = path.split('/')[3] ?? ''
  const own = Object.hasOwn(ofGroups, group) ? ofGroups[group] : undefined
  return own?.[code] ?? usual[code]
}
