import type { Lane } from './lane.ts'

export interface LoopDelay {
  readonly p99Ms: number
  readonly maxMs: number
}

/** The server's event-loop delay since this was last asked. */
export async function readLoopDelay(lane: Lane): Promise<LoopDelay> {
  const text = (await lane.get('/metrics')).toString()
  const quantile = (name: string): number => {
    const pattern = `pharos_event_loop_delay_seconds\\{quantile="${name}"\\} (\\S+)`
    const [, seconds] = new RegExp(pattern).exec(text) ?? []
    if (seconds === undefined) throw new Error('The server tells no event-loop delay')
    return Number(seconds) * 1000
  }
  return { p99Ms: quantile('0.99'), maxMs: quantile('1') }
}
