import module from 'node:module'

module.enableCompileCache()
const { run } = await import('./app/run.ts')
await run()
