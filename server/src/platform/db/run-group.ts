import { DomainError } from '../domain-error.ts'
import { toThreadError } from '../threads/thread-protocol.ts'
import type { Group, GroupOutcome, Tx } from './database.ts'
import type { GroupReplies, GroupReply } from './thread-messages.ts'
import type { BusEvent } from '../bus/event.ts'

export type Transact = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

/**
 * Plans and saves all inputs in one transaction. If that fails for a reason other than the
 * place (disk, connection), each input gets a transaction of its own, so that one bad input
 * fails alone.
 */
export async function runGroup(
  transact: Transact,
  group: Group<unknown, unknown>,
  inputs: readonly unknown[],
): Promise<GroupReplies> {
  try {
    const outcome = await transact((tx) => group.run(tx, inputs))
    return { replies: valuesOf(outcome), events: outcome.events }
  } catch (error) {
    if (inputs.length === 1 || isUnavailable(error)) return allFailed(inputs, error)
    return runOneByOne(transact, group, inputs)
  }
}

async function runOneByOne(
  transact: Transact,
  group: Group<unknown, unknown>,
  inputs: readonly unknown[],
): Promise<GroupReplies> {
  const replies: GroupReply[] = []
  const events: BusEvent[] = []
  for (const input of inputs) {
    const single = await runGroup(transact, group, [input])
    replies.push(...single.replies)
    events.push(...single.events)
  }
  return { replies, events }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'unavailable'
}

function valuesOf(outcome: GroupOutcome<unknown>): GroupReply[] {
  return outcome.replies.map((value) => ({ value }))
}

function allFailed(inputs: readonly unknown[], error: unknown): GroupReplies {
  const failure = toThreadError(error)
  return { replies: inputs.map(() => ({ error: failure })), events: [] }
}
