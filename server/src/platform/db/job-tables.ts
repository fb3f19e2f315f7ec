/** Tables of the job engine; for columns' conventions see `Schema`. */

export interface JobSchema {
  jobs: JobsTable
  job_logs: JobLogsTable
  job_schedules: JobSchedulesTable
}

export interface JobsTable {
  id: string
  /** Order of making. */
  seq: number
  type: string
  /** JSON. */
  data: string
  /** `pending`, `running`, `completed`, `failed`, `retrying` or `terminated`. */
  status: string
  /** Jobs of one lane share a bound of concurrency, for example `execution:openai`. */
  lane: string
  /** The lower goes first. */
  priority: number
  /** JSON. */
  result: string | null
  error: string | null
  termination_reason: string | null
  attempts: number
  max_attempts: number
  /** Not before. */
  scheduled_at: number
  next_retry_at: number | null
  /** From when it may be taken; only while it waits. */
  due_at: number | null
  /** Its place among those of its lane: when it is due, later the higher its `priority` is. */
  turn_at: number | null
  started_at: number | null
  completed_at: number | null
  retry_delay_ms: number
  retry_backoff_multiplier: number
  max_retry_delay_ms: number
  /** The claim that runs it, of one process; only while it runs. */
  lease_owner: string | null
  /** By the clock of the database. */
  lease_until: number | null
  /** 0 to 1. */
  progress: number | null
  /** Asked to stop while it ran. */
  is_cancelled: number
  schedule_id: string | null
  created_by: string | null
  created_at: number
  updated_at: number
}

export interface JobLogsTable {
  seq: number
  job_id: string
  at: number
  level: string
  message: string
}

export interface JobSchedulesTable {
  id: string
  /** Unique. */
  name: string
  type: string
  /** JSON. */
  data: string
  /** Or `cron`. */
  every_seconds: number | null
  /** Five fields, UTC. */
  cron: string | null
  is_active: number
  next_at: number
  last_job_id: string | null
  created_by: string | null
  created_at: number
  updated_at: number
}
