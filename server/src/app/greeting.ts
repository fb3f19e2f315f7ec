import type { Config } from './config.ts'

export interface GreetingFacts {
  readonly url: string
  readonly databaseName: string
  readonly config: Pick<Config, 'auth' | 'dataDir' | 'demo'>
}

/** What a person reads once the server answers. The first line alone says that it is ready. */
export function greeting({ url, databaseName, config }: GreetingFacts): string {
  const auth =
    config.auth === 'required'
      ? 'required: make a key with  npm start -- keys create --name me'
      : 'open to this machine only (--auth required for more)'
  const lines = [
    `Pharos is ready at ${url}`,
    '',
    `  Data    ${databaseName}`,
    `  Auth    ${auth}`,
    ...(config.demo
      ? ['  Demo    three recorded sessions, named "Demo: …", are in the store']
      : []),
    '',
    '  Try',
    `    curl ${url}/v1/spans -H 'content-type: application/json' -d '{"spans":[{"span_id":"hello-1","trace_id":"hello","span_type":"custom","name":"hello","status":"ok","start_time":'$(date +%s)'}]}'`,
    `    curl ${url}/v1/traces`,
    `    open ${url}/docs`,
    '',
  ]
  return lines.join('\n')
}
