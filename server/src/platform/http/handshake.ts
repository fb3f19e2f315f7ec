import type { RequestFacts } from './request-facts.ts'

/**
 * What keeps a request from becoming a socket, as a sentence; undefined when nothing does.
 * Source: RFC 6455 §4.2.1.
 */
export function handshakeFault({ headers }: Pick<RequestFacts, 'headers'>): string | undefined {
  if (!words(headers.connection).includes('upgrade')) {
    return 'The header Connection does not include "upgrade"'
  }
  if (!words(headers.upgrade).includes('websocket')) {
    return 'The header Upgrade does not include "websocket"'
  }
  if (headers['sec-websocket-version'] !== '13') {
    return 'The header Sec-WebSocket-Version is not "13"'
  }
  const key = headers['sec-websocket-key']
  if (key === undefined || !/^[+/0-9A-Za-z]{22}==$/.test(key)) {
    return 'The header Sec-WebSocket-Key is missing or no nonce of 16 bytes'
  }
  return undefined
}

function words(header: string | undefined): string[] {
  return (header ?? '').split(',').map((word) => word.trim().toLowerCase())
}
