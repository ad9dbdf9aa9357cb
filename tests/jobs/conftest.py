from tests.support.postgres import postgres, postgres_url  # noqa: F401 - fixtures
from tests.support.stores import clock, settings, store  # noqa: F401 - fixtures
