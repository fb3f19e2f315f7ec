import { describe, expect, it } from 'vitest'
import { createMetrics } from './metrics.ts'

const done = { surface: 'beacon', method: 'GET', route: '/v1/traces', status: 200, seconds: 0.02 }

describe('metrics', () => {
  it('count requests by surface, route and status', async () => {
    using metrics = createMetrics()
    metrics.observeRequest(done)
    metrics.observeRequest({ ...done, seconds: 0.03 })
    const labels = 'surface="beacon",method="GET",route="/v1/traces",status="200"'
    expect(await metrics.text()).toContain(
      `pharos_http_request_duration_seconds_count{${labels}} 2`,
    )
  })

  it('ask for watched numbers when they are read', async () => {
    using metrics = createMetrics()
    let depth = 1
    metrics.watch('pharos_queue_depth', 'Waiting writes', () => depth)
    expect(await metrics.text()).toContain('pharos_queue_depth 1')
    depth = 7
    expect(await metrics.text()).toContain('pharos_queue_depth 7')
  })

  it('hold the delay of the event loop', async () => {
    using metrics = createMetrics()
    const text = await metrics.text()
    expect(text).toMatch(/^pharos_event_loop_delay_seconds\{quantile="0.99"\} [\d.e-]+$/m)
  })

  it('are not shared between applications', async () => {
    using one = createMetrics()
    using other = createMetrics()
    one.observeRequest(done)
    expect(await other.text()).not.toContain('beacon')
  })
})
