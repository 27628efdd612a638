# One static file, a user without name or rights, no shell.

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -ldflags='-s -w' -o /image/wtapi ./cmd/wtapi
# What a Go program looks for in a system: certificates to trust and time zones.
RUN install -D -m 0444 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt \
 && install -D -m 0444 "$(go env GOROOT)/lib/time/zoneinfo.zip" /image/usr/share/zoneinfo.zip \
 && mkdir -p /writable/data /writable/tmp

FROM scratch
COPY --from=build /image /
COPY --from=build --chown=65532:65532 /writable /
USER 65532:65532
ENV ZONEINFO=/usr/share/zoneinfo.zip \
    WT_LISTEN=:8080 \
    WT_DATABASE_URL=sqlite:/data/wtapi.db \
    WT_BLOB_URL=file:/data/files
VOLUME /data
EXPOSE 8080
# The first start migrates and seeds; until it listens, the check fails without counting.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["/wtapi", "healthcheck"]
ENTRYPOINT ["/wtapi"]
CMD ["serve"]
