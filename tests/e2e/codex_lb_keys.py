"""Makes a codex-lb database with codex-lb itself; run by its own Python: codex_lb_keys.py FOLDER.

Prints the secrets it made, by the keys' names.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

folder = Path(sys.argv[1])
os.environ["CODEX_LB_DATA_DIR"] = str(folder)
os.environ["CODEX_LB_DATABASE_URL"] = f"sqlite+aiosqlite:///{folder / 'store.db'}"

# Late, because it reads its settings when it is imported.
from app.db.session import SessionLocal, init_db  # noqa: E402 - see above
from app.modules.api_keys.repository import ApiKeysRepository  # noqa: E402 - see above
from app.modules.api_keys.service import (  # noqa: E402 - see above
    ApiKeyCreateData,
    ApiKeysService,
    ApiKeyUpdateData,
    LimitRuleInput,
)

NOW = datetime.now(UTC)
TOKENS = LimitRuleInput(limit_type="total_tokens", limit_window="daily", max_value=1000)


def wanted(name: str, **details: object) -> ApiKeyCreateData:
    """Return what codex-lb is asked to make."""
    return ApiKeyCreateData(**{"allowed_models": None, "expires_at": None, "name": name, **details})


async def main() -> None:
    """Make five keys, one of them disabled."""
    await init_db()
    async with SessionLocal() as session:
        service = ApiKeysService(ApiKeysRepository(session))
        made = [
            await service.create_key(each)
            for each in (
                wanted("everything"),
                wanted("two models", allowed_models=["gpt-5.5", "openai/gpt-oss-120b"]),
                wanted("forced", enforced_model="gpt-5.5"),
                wanted("expired", expires_at=NOW - timedelta(days=1), limits=[TOKENS]),
                wanted("switched off"),
            )
        ]
        await service.update_key(made[-1].id, ApiKeyUpdateData(is_active=False, is_active_set=True))
    print(json.dumps({each.name: each.key for each in made}))  # noqa: T201 - for who runs it


asyncio.run(main())
