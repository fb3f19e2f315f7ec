import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { placeOf } from './logical-call.ts'
import { traceByHand } from './otel-spans.ts'

await traceByHand(new OTLPTraceExporter({ url: `${placeOf('PHAROS_URL')}/v1/traces` }))
