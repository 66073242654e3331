# Builds from a checkout: docker build -t pbx-auditor .
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/pbx-auditor \
    && /opt/pbx-auditor/bin/pip install --no-cache-dir --require-hashes -r constraints/runtime.txt \
    && /opt/pbx-auditor/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin auditor
COPY --from=build /opt/pbx-auditor /opt/pbx-auditor
ENV PATH=/opt/pbx-auditor/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001
WORKDIR /work
ENTRYPOINT ["pbx-auditor"]
CMD ["--help"]
