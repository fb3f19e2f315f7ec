import { eventValue, type WholeAnswer } from '../../features/completion/index.ts'
import { isJsonObject } from '../../platform/json.ts'

/**
 * The reply of a provider that speaks the client's dialect, under the name asked for; whatever else
 * it says is kept. Undefined where the provider's own words are not at hand.
 */
export function passWhole({ isNative, event, model }: WholeAnswer): string | undefined {
  if (!isNative || event === null) return undefined
  const reply = eventValue(event)
  return isJsonObject(reply) ? JSON.stringify({ ...reply, model }) : undefined
}
