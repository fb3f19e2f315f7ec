/**
 * A relay of HTTP that reads nothing of what it passes on, as a process of its own: what no gateway
 * on this machine can be cheaper than.
 */
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'

const providerPort = Number(process.env['BENCH_PROVIDER_PORT'])
const agent = new Agent({ keepAlive: true })

const server = createServer({ noDelay: true }, passOn)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port })
})
process.once('disconnect', () => process.exit())

function passOn(asked: IncomingMessage, answer: ServerResponse): void {
  const { method, url: path, headers } = asked
  const onward = { port: providerPort, host: '127.0.0.1', method, path, headers, agent }
  const asking = request(onward, (said) => {
    answer.writeHead(said.statusCode ?? 502, said.headers)
    said.on('data', (chunk) => answer.write(chunk))
    said.once('end', () => answer.end())
  })
  asking.once('error', (error) => answer.destroy(error))
  asked.pipe(asking)
}
