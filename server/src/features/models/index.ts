export type { Connection, ConnectionKind } from './connection.ts'
export { findConnection, usableConnection, type FoundConnection } from './find-connection.ts'
export type { ProviderEnvironment } from './provider-environment.ts'
export { providerOfModel } from './provider-of-model.ts'
