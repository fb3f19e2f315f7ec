import type { BusEvent } from '../../../platform/bus/event.ts'
import type { Download } from './download.ts'

const topic = 'model-files.download'

/** A download was made, went on or ended. */
export interface DownloadEvent extends BusEvent {
  readonly topic: typeof topic
  readonly body: Pick<Download, 'id' | 'status'>
  /** As this process knows it; others load it. */
  readonly local?: Download
}

export function downloadEvent(download: Download): DownloadEvent {
  return { topic, body: { id: download.id, status: download.status }, local: download }
}

export function isDownloadEvent(event: BusEvent): event is DownloadEvent {
  return event.topic === topic
}
