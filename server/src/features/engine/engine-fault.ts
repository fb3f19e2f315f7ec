import { DomainError, type ErrorCode } from '../../platform/domain-error.ts'
import { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import type { EngineRefusal } from './engine-protocol.ts'

/** A refusal of the child's or of our own; `code` is the contract's (bodhi contract §6.8, §7.4). */
export interface Refusal extends Omit<EngineRefusal, 'status'> {
  readonly status: EngineRefusal['status'] | 502 | 503
  readonly retryAfterSeconds?: number
}

/** Why a job cannot be done. Before a reply's first byte it is the reply, afterwards it breaks it. */
export class EngineFault extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.name = 'EngineFault'
    this.refusal = refusal
  }
}

/** A field of a request that cannot be followed. */
export function badField(param: string, message: string, code = 'invalid_value'): EngineFault {
  return new EngineFault({ status: 400, code, message, param })
}

export function crashed(name: string, reason: string): EngineFault {
  return new EngineFault({
    status: 502,
    code: 'server_error-engine_crashed',
    message: `The engine of ${name} died (${reason})`,
  })
}

export function notReady(reason: string, retryAfterSeconds: number): EngineFault {
  return new EngineFault({
    status: 503,
    code: 'server_error-server_not_ready',
    message: `The engine is not ready: ${reason}`,
    retryAfterSeconds: Math.max(1, Math.ceil(retryAfterSeconds)),
  })
}

export function startupFailed(name: string, reason: string): EngineFault {
  return new EngineFault({
    status: 500,
    code: 'server_error-startup_error',
    message: `The engine of ${name} failed to start: ${reason}`,
  })
}

export function startTimedOut(name: string, afterMs: number): EngineFault {
  return new EngineFault({
    status: 500,
    code: 'server_error-timeout_error',
    message: `The engine of ${name} was not ready after ${afterMs / 1000} s`,
  })
}

/** For the one reader of a reply that has begun. */
export function brokenReply(error: Error): Error {
  if (!(error instanceof EngineFault)) return error
  return new UpstreamError({ kind: 'transport', reason: error.message }, 1, error)
}

const domainCodes: Readonly<Record<Refusal['status'], ErrorCode>> = {
  400: 'invalid',
  404: 'not-found',
  422: 'invalid',
  500: 'unavailable',
  502: 'unavailable',
  503: 'unavailable',
}

/** For who asked a model to be loaded; `details` hold the contract's status and code. */
export function domainErrorOf(fault: EngineFault): DomainError {
  const { status, code, message, param, retryAfterSeconds } = fault.refusal
  return new DomainError(domainCodes[status], message, {
    retryable: status === 503,
    details: { status, code, param: param ?? null, retryAfterSeconds: retryAfterSeconds ?? null },
    cause: fault,
  })
}
