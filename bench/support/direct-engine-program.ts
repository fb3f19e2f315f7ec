/**
 * The engine alone in a process of its own: no server, no text, only the tokens of one sequence, as
 * fast as its library hands them over.
 */
import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { parseDirectAsk, type DirectTook } from './direct-engine.ts'

const [argument = ''] = process.argv.slice(2)
const { path, threads, contextSize, prompt, tokens } = parseDirectAsk(argument)

const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error })
const model = await llama.loadModel({ modelPath: path, gpuLayers: 0 })
const context = await model.createContext({ contextSize, threads, sequences: 1 })
const sequence = context.getSequence()
const promptTokens = [model.tokens.bos, ...model.tokenize(prompt)].filter((token) => token !== null)

/** From the question on to the last token, the prompt included. */
async function measure(): Promise<DirectTook> {
  await sequence.clearHistory()
  const startedMs = performance.now()
  let generated = 0
  for await (const _token of sequence.evaluate(promptTokens, { temperature: 0 })) {
    generated += 1
    if (generated === tokens) break
  }
  return { generated, seconds: (performance.now() - startedMs) / 1000 }
}

process.on('message', () => {
  measure().then(
    (took) => process.send?.(took),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      process.exit(1)
    },
  )
})
process.once('disconnect', () => process.exit())
process.send?.('ready')
