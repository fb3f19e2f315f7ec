import type { BusEvent } from '../bus/event.ts'

const readyTopic = 'jobs.ready'
const cancelledTopic = 'jobs.cancelled'
const endedTopic = 'jobs.ended'

/** Something may be taken now or later in these lanes; without any: schedules have changed. */
export interface JobsReadyEvent extends BusEvent {
  readonly topic: typeof readyTopic
  readonly body: { readonly lanes: readonly string[] }
}

/** A job that runs somewhere is to stop. */
export interface JobCancelledEvent extends BusEvent {
  readonly topic: typeof cancelledTopic
  readonly body: { readonly jobId: string }
}

/** A job has ended of a type whose ends somebody may wait for. */
export interface JobEndedEvent extends BusEvent {
  readonly topic: typeof endedTopic
  readonly body: { readonly jobId: string }
}

export function jobsReady(lanes: Iterable<string>): JobsReadyEvent {
  return { topic: readyTopic, body: { lanes: [...new Set(lanes)] } }
}

export function jobCancelled(jobId: string): JobCancelledEvent {
  return { topic: cancelledTopic, body: { jobId } }
}

/** For types whose ends are waited for: published by what ends them, in its transaction. */
export function jobEnded(jobId: string): JobEndedEvent {
  return { topic: endedTopic, body: { jobId } }
}

export function isJobsReady(event: BusEvent): event is JobsReadyEvent {
  return event.topic === readyTopic
}

export function isJobCancelled(event: BusEvent): event is JobCancelledEvent {
  return event.topic === cancelledTopic
}

export function isJobEnded(event: BusEvent): event is JobEndedEvent {
  return event.topic === endedTopic
}
