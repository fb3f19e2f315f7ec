# Pharos as a container image: docker build -t pharos .
FROM node:24-slim

ENV NODE_ENV=production \
    MALLOC_MMAP_THRESHOLD_=131072 \
    PHAROS_DATA_DIR=/data \
    PHAROS_HF_HOME=/data/huggingface

WORKDIR /app

# The manifests first: the packages are fetched anew only when these change.
COPY package.json package-lock.json ./
COPY contract/package.json contract/
COPY server/package.json server/
COPY vendor vendor
# The image brings Node, so the copies of it that are packages stay out; no package needs a script.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
    && rm -rf node_modules/node-linux-* node_modules/node-bin-* node_modules/.bin/node /root/.npm

# The workspace as it is: Node strips the types at the start, but only outside node_modules.
COPY contract/src contract/src
COPY server/migrations server/migrations
COPY server/src server/src
COPY LICENSE ./

RUN mkdir -m 700 /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 6767

HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:6767/health').then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]

# A command goes behind the image's name: docker run --rm -v pharos:/data pharos keys list
ENTRYPOINT ["node", "--max-semi-space-size=8", "--heap-growing-percent=50", "server/src/main.ts"]
CMD ["start", "--port", "6767", "--host", "0.0.0.0", "--auth", "required"]
