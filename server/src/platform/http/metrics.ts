import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Gauge, Histogram, Registry } from 'prom-client'
import type { RequestDone } from './http.ts'

/** The numbers of one application, in Prometheus' text format. */
export interface Metrics extends Disposable {
  readonly contentType: string
  /** For `createHttp({ observe })`. */
  observeRequest(done: RequestDone): void
  /** Adds a number that is asked for whenever metrics are read, for example a queue's depth. */
  watch(name: string, help: string, read: () => number): void
  text(): Promise<string>
}

const nanosecondsPerMs = 1e6
const resolutionMs = 10

/** Delays since the last reading, so that a load test sees its own and not the start-up's. */
function watchEventLoop(registry: Registry): Disposable {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs })
  delays.enable()
  new Gauge({
    name: 'pharos_event_loop_delay_seconds',
    help: 'Delay of the main event loop since the last reading',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      for (const quantile of [50, 90, 99, 100]) {
        // A timer is watched; its own interval is no delay.
        const lateMs = delays.percentile(quantile) / nanosecondsPerMs - resolutionMs
        this.set({ quantile: String(quantile / 100) }, Math.max(0, lateMs) / 1000)
      }
      delays.reset()
    },
  })
  return { [Symbol.dispose]: () => void delays.disable() }
}

function watch(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}

function watchProcess(registry: Registry): void {
  watch(registry, 'pharos_process_cpu_seconds_total', 'User and system time of all threads', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  watch(registry, 'pharos_process_resident_bytes', 'Resident memory', () =>
    process.memoryUsage.rss(),
  )
  watch(registry, 'pharos_process_heap_bytes', 'Heap in use', () => process.memoryUsage().heapUsed)
  watch(registry, 'pharos_process_uptime_seconds', 'Time since the start', () => process.uptime())
}

/** Makes a registry of its own: two applications in one process do not share numbers. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const requests = new Histogram({
    name: 'pharos_http_request_duration_seconds',
    help: 'Time from a request to the end of its reply',
    labelNames: ['surface', 'method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  })
  const eventLoop = watchEventLoop(registry)
  watchProcess(registry)
  return {
    contentType: registry.contentType,
    observeRequest: ({ seconds, status, surface, method, route }) =>
      requests.observe({ surface, method, route, status }, seconds),
    watch: (name, help, read) => watch(registry, name, help, read),
    text: () => registry.metrics(),
    [Symbol.dispose]: () => eventLoop[Symbol.dispose](),
  }
}
