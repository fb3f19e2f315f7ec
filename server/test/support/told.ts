import { spanIdOf, type Frame } from './live-client.ts'

type Fields = Readonly<Record<string, unknown>>

/** The span of a frame; throws for a frame of another kind. */
export function spanOf(frame: Frame | undefined): Fields {
  if (frame === undefined || spanIdOf(frame) === undefined) throw new Error('no span was told')
  return frame['span'] as Fields
}

export function attributesOf(frame: Frame | undefined): Fields {
  return spanOf(frame)['attributes'] as Fields
}

/** The frames as a reader follows them: `trace <name>` or `<type> <name> <status>`. */
export function storyOf(frames: readonly Frame[]): string[] {
  return frames.map((frame) => {
    if (spanIdOf(frame) === undefined) return `trace ${String((frame['trace'] as Fields)['name'])}`
    const { span_type: type, name, status } = spanOf(frame)
    return `${String(type)} ${String(name)} ${String(status)}`
  })
}
