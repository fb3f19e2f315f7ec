import { isEmptyJson, type JsonMap } from '../../features/completion/index.ts'
import type { Form } from './encode-reply.ts'

/** Whether a request says nothing to the model: then it is only to be made ready, or let go. */
export function isLoadRequest(form: Form, body: JsonMap): boolean {
  return form === 'chat'
    ? isEmptyJson(body['messages'])
    : ['prompt', 'suffix', 'images'].every((name) => isEmptyJson(body[name]))
}

/** Seconds or a duration, as an Ollama takes them; null for anything else. */
export function keepAliveOf(body: JsonMap): string | number | null {
  const given = body['keep_alive']
  if (typeof given === 'string' && /^0+[a-zµ]*$/u.test(given)) return 0
  return typeof given === 'string' || typeof given === 'number' ? given : null
}
