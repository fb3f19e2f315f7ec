import { Agent } from 'node:http'
import type { TestApp } from '../support/app.ts'

export type Mounted = TestApp['app']['mounted'][number]

/** So many requests are under way at a time: while one waits for the disk another is answered. */
const laneCount = 4

/** Does to one route what a sweep is for, on the connection of its lane. */
export type Visit<T> = (route: Mounted, agent: Agent) => Promise<T>

/**
 * Visits each route once, in their order but some at a time; gives what came of each, by method and
 * path. `openLane` is called for each lane: what one visit may spoil for the next is a lane's own.
 */
export async function sweep<T>(
  routes: readonly Mounted[],
  openLane: () => Visit<T>,
): Promise<Record<string, T>> {
  const waiting = [...routes]
  const seen: Record<string, T> = {}
  const lanes = Array.from({ length: laneCount }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const visit = openLane()
    try {
      for (let route = waiting.shift(); route; route = waiting.shift()) {
        seen[`${route.method} ${route.path}`] = await visit(route, agent)
      }
    } finally {
      waiting.length = 0
      agent.destroy()
    }
  })
  await Promise.all(lanes)
  return seen
}
