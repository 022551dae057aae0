"""Points and tables: values, reasons for their absence, documentation, plugins."""

import os
import re
from pathlib import Path
