/** A setting that cannot be used. The message is one line for the operator; the exit code is 2. */
export class ConfigError extends Error {
  readonly exitCode = 2

  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}
