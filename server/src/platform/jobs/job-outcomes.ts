/** Thrown by a handler: the same again after a while, if an attempt is left. */
export class JobRetry extends Error {
  /** The least wait, when somebody asked for one. */
  readonly afterMs: number

  constructor(
    message: string,
    options: { readonly afterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'JobRetry'
    this.afterMs = options.afterMs ?? 0
  }
}

/** Thrown by a handler: there is nothing to do any more. */
export class JobTermination extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'JobTermination'
  }
}

/** Thrown by a handler: the job starts again at another time; no attempt is counted. */
export class JobReschedule extends Error {
  /** Unix seconds. */
  readonly at: number

  constructor(at: number) {
    super('The job was put off')
    this.name = 'JobReschedule'
    this.at = at
  }
}

export type StopCause = 'cancelled' | 'lost' | 'stopping'

const stopWords: Readonly<Record<StopCause, string>> = {
  cancelled: 'The job was cancelled',
  lost: 'The job belongs to another process now',
  stopping: 'The server stops',
}

/** The reason of a job's signal once it is aborted. */
export class JobStopped extends Error {
  readonly stopCause: StopCause

  constructor(stopCause: StopCause) {
    super(stopWords[stopCause])
    this.name = 'JobStopped'
    this.stopCause = stopCause
  }
}
