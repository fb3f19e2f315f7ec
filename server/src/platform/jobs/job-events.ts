import type { BusEvent } from '../bus/event.ts'

const readyTopic = 'jobs.ready'
const cancelledTopic = 'jobs.cancelled'

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

export function jobsReady(lanes: Iterable<string>): JobsReadyEvent {
  return { topic: readyTopic, body: { lanes: [...new Set(lanes)] } }
}

export function jobCancelled(jobId: string): JobCancelledEvent {
  return { topic: cancelledTopic, body: { jobId } }
}

export function isJobsReady(event: BusEvent): event is JobsReadyEvent {
  return event.topic === readyTopic
}

export function isJobCancelled(event: BusEvent): event is JobCancelledEvent {
  return event.topic === cancelledTopic
}
